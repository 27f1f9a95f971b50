mine-col-at = ЧАС
mine-col-about = ПРА
mine-col-what = ШТО
mine-col-height = ВЫШЫНЯ
mine-col-hash = ХЭШ
mine-col-fate = ЛЁС
mine-col-btc = BTC
mine-col-ago = ТАМУ
mine-col-to = КАМУ
mine-col-whose = ЧЫЁ
mine-col-source = КРЫНІЦА
mine-col-kind = ВІД
mine-col-state = СУВЯЗЬ
mine-col-answers = АДКАЗ
mine-col-for = ДОЎГА
mine-col-why = ЧАМУ
mine-pane-log = Лог
mine-pane-blocks = Блокі
mine-pane-payout = Выплата
mine-pane-sources = Крыніцы
mine-pane-threads = Патокі
mine-next = далей
mine-why = { $what }: { $why }
mine-no-work = няма працы
mine-not-hashing = не хэшуе
mine-nothing-yet = пакуль нічога не было
mine-no-block = блок яшчэ не знойдзены
mine-version-text = біты версіі { $mask }   тэкст coinbase { $text }
mine-no-coinbase = няма працы - няма і coinbase
mine-engine = рухавік
mine-work = праца
mine-payout = выплата
mine-block = блок
mine-shares = шары
mine-best = лепшае
mine-source = сувязь
mine-node = вузел
mine-pool = пул
mine-node-short = вуз.
mine-nothing-heard = вузел і пул пакуль маўчаць
mine-none-at-hand = пакуль няма
mine-job = заданне
mine-old = таму
mine-tx = { $n ->
    [one] транзакцыя
    [few] транзакцыі
   *[many] транзакцый
    }
mine-fees = камісіі
mine-and-more = { $first } і яшчэ { $n }
mine-difficulty = складанасць
mine-weight = вага
mine-on = на
mine-node-asks-none = вузел іх не просіць
mine-accepted = прынята
mine-rejected = адхілена
mine-stale = позна
mine-lost = страчана
mine-pending = чакаюць
mine-this-run = запуск
mine-ever = рэкорд
mine-share-needs = для шары
mine-none = няма
mine-others = { $n ->
    [one] запасны
    [few] запасныя
   *[many] запасных
    }
mine-headers = { $n ->
    [one] загаловак
    [few] загалоўкі
   *[many] загалоўкаў
    }
mine-shares-counted = { $n ->
    [one] шара
    [few] шары
   *[many] шар
    }
mine-blocks = { $n ->
    [one] блок
    [few] блокі
   *[many] блокаў
    }
mine-on-top-of = паверх
mine-holds = унутры
mine-reward = узнагарода
mine-text = тэкст
mine-pool-mute = пул не кажа
mine-transactions = { $n ->
    [one] транзакцыя
    [few] транзакцыі
   *[many] транзакцый
    }
mine-of-weight = з { $most } вагі
mine-of-it-fees = з іх камісіі
mine-a-block = блок
mine-a-share = шара
mine-version = версія
mine-ago = { $best }, { $age } таму
mine-in-all = усяго
mine-solo = сола-майнінг
mine-chain-unknown = ланцужок яшчэ не вядомы
mine-starting = запуск
mine-waiting = чакае працы
mine-found = { $n ->
    [one] блок знойдзены, у ланцужку { $deep }
    [few] блокі знойдзена, у ланцужку { $deep }
   *[many] блокаў знойдзена, у ланцужку { $deep }
    }
mine-no-chance-long = пакуль нічога не хэшуецца, шанцу на блок няма
mine-no-chance = не хэшуе: шанцу няма
mine-no-reckoning-long = без працы шанц не палічыць
mine-no-reckoning = шанц не палічаны
mine-quadrillion = { $n } квадрлн
mine-trillion = { $n } трлн
mine-billion = { $n } млрд
mine-million = { $n } млн
mine-ms-less = 1 мс або менш
mine-ms = { $n } мс
mine-days = { $n } дз.
mine-years = { $n } гадоў
mine-a-day = каля { $blocks } у дзень
mine-today-percent = сёння { $share } %
mine-today-one-in = сёння 1 з { $n }
mine-chance-long = блок у сярэднім раз у { $every }; { $today }
mine-chance = раз у { $every }; { $today }
mine-connecting = злучэнне
mine-live = на сувязі
mine-syncing = даганяе
mine-no-peers = няма суседзяў
mine-refused = адмова
mine-busy = заняты
mine-down = няма сувязі
mine-wrong = няверна
mine-spare = запасны
mine-in-use = у рабоце
mine-pays-us = плаціць вам усё
mine-pays-part = плаціць вам частку і іншым
mine-not-asked = адрас не зададзены: каму плаціць, не праверана
mine-pays-others = плаціць іншым: НЕ ХЭШУЕЦЦА
mine-not-in-shares = плаціць вам, але не ў зададзеных долях
mine-pays-percent = вам { $part } %, астатняе іншым
mine-yours = ваша
mine-no-value = без сумы
mine-not-checked = не правер.
mine-anothers = чужое
mine-stored = на дыску, адказу яшчэ няма
mine-fate-waiting = чакае пула
mine-with-pool = аддадзены пулу
mine-doubted = пул адхіліў долю ({ $why }); блок можа быць у ланцугу
mine-in-chain = { $n ->
    [one] у ланцужку, { $n } пацверджанне
    [few] у ланцужку, { $n } пацверджанні
   *[many] у ланцужку, { $n } пацверджанняў
    }
mine-side = вядомы, але іншая галіна наперадзе
mine-fate-refused = адхілены: { $why }
mine-of-block = блок { $height }
mine-of-job = заданне { $name }
mine-with-transactions = { $n ->
    [one] { $what }, { $n } транзакцыя
    [few] { $what }, { $n } транзакцыі
   *[many] { $what }, { $n } транзакцый
    }
mine-share = шара
mine-says = пул
mine-error = збой
mine-share-judged = складанасць { $value }: { $verdict }
mine-best-of-all = складанасць { $value }, найлепшая за ўвесь час
mine-best-of-run = складанасць { $value }, найлепшая за запуск
mine-pool-says = пул: { $words }
mine-about-best = лепш.
mine-about-work = прац.
mine-share-accepted = прынята
mine-share-late = спазнілася да свайго задання
mine-share-rejected = адхілена: { $why }
mine-share-lost = страчана: { $why }
