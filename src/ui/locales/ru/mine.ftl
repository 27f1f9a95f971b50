mine-col-at = ВРЕМЯ
mine-col-about = О ЧЁМ
mine-col-what = ЧТО
mine-col-height = ВЫСОТА
mine-col-hash = ХЕШ
mine-col-fate = СУДЬБА
mine-col-btc = BTC
mine-col-ago = НАЗАД
mine-col-to = КОМУ
mine-col-whose = ЧЬЁ
mine-col-source = ИСТОЧНИК
mine-col-kind = ВИД
mine-col-state = СВЯЗЬ
mine-col-answers = ОТВЕТ
mine-col-for = ДЛИТСЯ
mine-col-why = ПОЧЕМУ
mine-pane-log = Лог
mine-pane-blocks = Блоки
mine-pane-payout = Выплата
mine-pane-sources = Источники
mine-pane-threads = Потоки
mine-next = дальше
mine-why = { $what }: { $why }
mine-no-work = нет работы
mine-not-hashing = не хеширует
mine-nothing-yet = пока ничего не было
mine-no-block = блок ещё не найден
mine-version-text = биты версии { $mask }   текст coinbase { $text }
mine-no-coinbase = нет работы - нет и coinbase
mine-engine = движок
mine-work = работа
mine-payout = выплата
mine-block = блок
mine-shares = шары
mine-best = лучшее
mine-source = связь
mine-node = узел
mine-pool = пул
mine-node-short = узел
mine-nothing-heard = узел и пул пока молчат
mine-none-at-hand = пока нет
mine-job = задание
mine-old = назад
mine-tx = { $n ->
    [one] транзакция
    [few] транзакции
   *[many] транзакций
    }
mine-fees = комиссии
mine-and-more = { $first } и ещё { $n }
mine-difficulty = сложность
mine-weight = вес
mine-on = на
mine-node-asks-none = узел их не просит
mine-accepted = принято
mine-rejected = отклонено
mine-stale = поздно
mine-lost = потеряно
mine-pending = ждут
mine-this-run = запуск
mine-ever = рекорд
mine-share-needs = для шары
mine-none = нет
mine-others = { $n ->
    [one] запасной
    [few] запасных
   *[many] запасных
    }
mine-headers = { $n ->
    [one] заголовок
    [few] заголовка
   *[many] заголовков
    }
mine-shares-counted = { $n ->
    [one] шара
    [few] шары
   *[many] шар
    }
mine-blocks = { $n ->
    [one] блок
    [few] блока
   *[many] блоков
    }
mine-on-top-of = поверх
mine-holds = внутри
mine-reward = награда
mine-text = текст
mine-pool-mute = пул не говорит
mine-transactions = { $n ->
    [one] транзакция
    [few] транзакции
   *[many] транзакций
    }
mine-of-weight = из { $most } веса
mine-of-it-fees = из них комиссии
mine-a-block = блок
mine-a-share = шара
mine-version = версия
mine-ago = { $best }, { $age } назад
mine-in-all = всего
mine-solo = соло-майнинг
mine-chain-unknown = цепочка ещё не известна
mine-starting = запуск
mine-waiting = ждёт работы
mine-found = { $n ->
    [one] блок найден, в цепочке { $deep }
    [few] блока найдено, в цепочке { $deep }
   *[many] блоков найдено, в цепочке { $deep }
    }
mine-no-chance-long = пока ничего не хешируется, шанса на блок нет
mine-no-chance = не хеширует: шанса нет
mine-no-reckoning-long = без работы шанс не посчитать
mine-no-reckoning = шанс не посчитан
mine-quadrillion = { $n } квадрлн
mine-trillion = { $n } трлн
mine-billion = { $n } млрд
mine-million = { $n } млн
mine-ms-less = 1 мс или меньше
mine-ms = { $n } мс
mine-days = { $n } дн.
mine-years = { $n } лет
mine-a-day = около { $blocks } в день
mine-today-percent = сегодня { $share } %
mine-today-one-in = сегодня 1 из { $n }
mine-chance-long = блок в среднем раз в { $every }; { $today }
mine-chance = раз в { $every }; { $today }
mine-connecting = соединение
mine-live = на связи
mine-syncing = догоняет
mine-no-peers = нет соседей
mine-refused = отказ
mine-busy = занят
mine-down = нет связи
mine-wrong = неверно
mine-spare = запасной
mine-in-use = в работе
mine-pays-us = платит вам всё
mine-pays-part = платит вам часть и другим
mine-not-asked = адрес не задан: кому платит, не проверено
mine-pays-others = платит другим: НЕ ХЕШИРУЕТСЯ
mine-not-in-shares = платит вам, но не в заданных долях
mine-pays-percent = вам { $part } %, остальное другим
mine-yours = ваше
mine-no-value = без суммы
mine-not-checked = не провер.
mine-anothers = чужое
mine-stored = на диске, ответа ещё нет
mine-fate-waiting = ждёт пула
mine-with-pool = отдан пулу
mine-doubted = пул отклонил долю ({ $why }); блок может быть в цепи
mine-in-chain = { $n ->
    [one] в цепочке, { $n } подтверждение
    [few] в цепочке, { $n } подтверждения
   *[many] в цепочке, { $n } подтверждений
    }
mine-side = известен, но другая ветвь впереди
mine-fate-refused = отклонён: { $why }
mine-of-block = блок { $height }
mine-of-job = задание { $name }
mine-with-transactions = { $n ->
    [one] { $what }, { $n } транзакция
    [few] { $what }, { $n } транзакции
   *[many] { $what }, { $n } транзакций
    }
mine-share = шара
mine-says = пул
mine-error = сбой
mine-share-judged = сложность { $value }: { $verdict }
mine-best-of-all = сложность { $value }, лучшая за всё время
mine-best-of-run = сложность { $value }, лучшая за запуск
mine-pool-says = пул: { $words }
mine-about-best = лучш.
mine-about-work = раб.
mine-share-accepted = принята
mine-share-late = опоздала к своему заданию
mine-share-rejected = отклонена: { $why }
mine-share-lost = потеряна: { $why }
