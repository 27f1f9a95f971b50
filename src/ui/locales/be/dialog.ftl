dialog-curtail = Зніжэнне
dialog-restore = Вяртанне
dialog-step-select = 1 выбар
dialog-step-check = 2 праверка
dialog-step-arm = 3 узвод
dialog-step-execute = 4 пуск
dialog-shed = Зняць { $amount } за { $within }
dialog-shed-fast = Зняць { $amount } як мага хутчэй
dialog-give = Вярнуць { $amount }
dialog-all = усё, што можна
dialog-mw = { $power } МВт
dialog-part-drawn = { $share } % ад { $whole } МВт нагрузкі, { $part } МВт
dialog-part-off = { $share } % ад { $whole } МВт, што можна вярнуць, { $part } МВт
dialog-shed-how-much = Колькі зняць?
dialog-give-how-much = Колькі вярнуць?
dialog-plan = план
dialog-two = звыш { $power } МВт патрэбны двое
dialog-nothing-sent = Яшчэ нічога не пайшло.
dialog-arms = { $key } узводзіць гэты план на { $time }.
dialog-arming = Узвод.
dialog-armed = Узведзены.
dialog-type = набярыце
dialog-to-send = і Enter - адправіць
dialog-to-ask = і Enter - спытаць другую асобу
dialog-amount-off = МВт, % нагрузкі, off >
dialog-amount-all = МВт, % знятага, all >
dialog-offer = Сетка патрабуе на { $missing } МВт менш: Enter возьме { $amount }
dialog-offer-brief = Enter возьме { $amount } для сеткі
dialog-offer-none = Сетка патрабуе на { $missing } МВт менш; тут зняць няма чаго
dialog-within = за
dialog-fast = як мага хутчэй
dialog-col-now = ЁСЦЬ МВт
dialog-col-after = ПАСЛЯ
dialog-col-shed = ЗНЯЦЬ
dialog-col-give = ВЯРНУЦЬ
dialog-col-blocks = БЛОКІ
dialog-col-in-10-s = ЗА 10 с
dialog-col-in-30-s = ЗА 30 с
dialog-col-in-5-min = ЗА 5 хв
dialog-col-in-15-min = ЗА 15 хв
dialog-col-nameplate = ПАШПАРТ
dialog-total = усяго
dialog-spares-lead = замест спозненых:
dialog-spares = { $n ->
    [one] яшчэ { $n } блок
    [few] яшчэ { $n } блокі
   *[many] яшчэ { $n } блокаў
    }
dialog-at-most = не больш за
dialog-mw-more = МВт звыш
dialog-old-figures = старыя значэнні
dialog-old-warning = зрух можа быць іншым
dialog-checked = праверана незалежна:
dialog-checked-what = магутнасць, тэмп, вузлы, цяпло
dialog-all-hold = усё вытрымана
dialog-hold-but-frequency = усё вытрымана, акрамя частаты
dialog-more-lines = { $n ->
    [one] яшчэ { $n } радок: Down
    [few] яшчэ { $n } радкі: Down
   *[many] яшчэ { $n } радкоў: Down
    }
dialog-takes = зойме
dialog-takes-most = 90 % за
dialog-takes-all = усё за
dialog-give-held = чакаў бы ў шлюза: { $why }
dialog-give-untold = колькі зойме, невядома: шлюз не кажа, як у яго ідзе набор
dialog-spread = па чарзе, апошні да { $time }
dialog-once-asked = усе адразу
dialog-once-low = адразу: частата нізкая
dialog-once-untold = адразу: шлюз не ўмее адкладаць блокі
dialog-gives-up = губляецца
dialog-btc = BTC/г
dialog-optimal = аптымальны (зазор { $gap } %)
dialog-gap = зазор { $gap } %
dialog-costs = каштуе
dialog-an-hour = у гадзіну
dialog-by-efficiency = па J/TH
dialog-left-out = не ўвайшлі
dialog-all-blocks = усе блокі
dialog-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блокі
   *[many] { $n } блокаў
    }
scope-nation = уся краіна
scope-one-site = 1 пляцоўка
scope-sites-marked = { $n ->
    [one] адзначана { $n } пляцоўка
    [few] адзначаны { $n } пляцоўкі
   *[many] адзначана { $n } пляцовак
    }
dialog-arrives = прыйдзе МВт
dialog-under-way = { $n ->
    [one] не ўвайшоў { $n } блок: на ім ідзе каманда ({ $orders }); адмяніць: { $screen }, потым { $key }
    [few] не ўвайшлі { $n } блокі: на іх ідзе каманда ({ $orders }); адмяніць: { $screen }, потым { $key }
   *[many] не ўвайшлі { $n } блокаў: на іх ідзе каманда ({ $orders }); адмяніць: { $screen }, потым { $key }
    }
