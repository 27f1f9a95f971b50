dialog-curtail = Снижение
dialog-restore = Возврат
dialog-step-select = 1 выбор
dialog-step-check = 2 проверка
dialog-step-arm = 3 взвод
dialog-step-execute = 4 пуск
dialog-shed = Снять { $amount } за { $within }
dialog-shed-fast = Снять { $amount } как можно скорее
dialog-give = Вернуть { $amount }
dialog-all = всё, что можно
dialog-mw = { $power } МВт
dialog-part-drawn = { $share } % от { $whole } МВт нагрузки, { $part } МВт
dialog-part-off = { $share } % от { $whole } МВт, что можно вернуть, { $part } МВт
dialog-shed-how-much = Сколько снять?
dialog-give-how-much = Сколько вернуть?
dialog-plan = план
dialog-two = свыше { $power } МВт нужны двое
dialog-nothing-sent = Ещё ничего не ушло.
dialog-arms = { $key } взводит этот план на { $time }.
dialog-arming = Взвод.
dialog-armed = Взведён.
dialog-type = наберите
dialog-to-send = и Enter - отправить
dialog-to-ask = и Enter - спросить второе лицо
dialog-amount-off = МВт, % нагрузки, off >
dialog-amount-all = МВт, % снятого, all >
dialog-offer = Сеть требует на { $missing } МВт меньше: Enter возьмёт { $amount }
dialog-offer-brief = Enter возьмёт { $amount } для сети
dialog-offer-none = Сеть требует на { $missing } МВт меньше; здесь снять нечего
dialog-within = за
dialog-fast = как можно скорее
dialog-col-now = ЕСТЬ МВт
dialog-col-after = ПОСЛЕ
dialog-col-shed = СНЯТЬ
dialog-col-give = ВЕРНУТЬ
dialog-col-blocks = БЛОКИ
dialog-col-in-10-s = ЗА 10 с
dialog-col-in-30-s = ЗА 30 с
dialog-col-in-5-min = ЗА 5 мин
dialog-col-in-15-min = ЗА 15 мин
dialog-col-nameplate = ПАСПОРТ
dialog-total = всего
dialog-spares-lead = взамен опоздавших:
dialog-spares = { $n ->
    [one] ещё { $n } блок
    [few] ещё { $n } блока
   *[many] ещё { $n } блоков
    }
dialog-at-most = не более
dialog-mw-more = МВт сверху
dialog-old-figures = старые значения
dialog-old-warning = сдвиг может быть другим
dialog-checked = проверено независимо:
dialog-checked-what = мощность, темп, узлы, тепло
dialog-all-hold = всё соблюдено
dialog-hold-but-frequency = всё соблюдено, кроме частоты
dialog-more-lines = { $n ->
    [one] ещё { $n } строка: Down
    [few] ещё { $n } строки: Down
   *[many] ещё { $n } строк: Down
    }
dialog-takes = займёт
dialog-takes-most = 90 % за
dialog-takes-all = всё за
dialog-give-held = ждал бы у шлюза: { $why }
dialog-give-untold = сколько займёт, неизвестно: шлюз не говорит, как у него идёт набор
dialog-spread = по очереди, последний к { $time }
dialog-once-asked = все сразу
dialog-once-low = сразу: частота низкая
dialog-once-untold = сразу: шлюз не умеет откладывать блоки
dialog-gives-up = теряется
dialog-btc = BTC/ч
dialog-optimal = оптимален (зазор { $gap } %)
dialog-gap = зазор { $gap } %
dialog-costs = стоит
dialog-an-hour = в час
dialog-by-efficiency = по J/TH
dialog-left-out = не вошли
dialog-all-blocks = все блоки
dialog-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блока
   *[many] { $n } блоков
    }
scope-nation = вся страна
scope-one-site = 1 площадка
scope-sites-marked = { $n ->
    [one] отмечена { $n } площадка
    [few] отмечены { $n } площадки
   *[many] отмечено { $n } площадок
    }
dialog-arrives = придёт МВт
dialog-under-way = { $n ->
    [one] не вошёл { $n } блок: на нём идёт команда ({ $orders }); отменить: { $screen }, затем { $key }
    [few] не вошли { $n } блока: на них идёт команда ({ $orders }); отменить: { $screen }, затем { $key }
   *[many] не вошли { $n } блоков: на них идёт команда ({ $orders }); отменить: { $screen }, затем { $key }
    }
