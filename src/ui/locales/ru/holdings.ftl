reserve-col-by = КТО
reserve-col-worth-checked = ПРОВЕРЕНО, СТОИТ
reserve-col-worth-claimed = ЗАЯВЛЕНО, СТОИТ
reserve-col-per-btc = ЗА 1 BTC
reserve-col-rate-age = ВОЗРАСТ
reserve-col-rate-source = ОТКУДА
reserve-checked = проверено своим узлом
reserve-checked-brief = проверено
reserve-claimed = заявлено другими
reserve-claimed-brief = заявлено
reserve-maturing-all = незрелые монеты, все счета
reserve-maturing-of = незрелые монеты, { $account }
reserve-only-bitcoin = Созревает только биткоин.
reserve-not-said = Канал не говорит, когда созреют монеты.
reserve-nothing-immature = Незрелых монет нет.
reserve-now = сейчас
reserve-due = уже зрелые
reserve-by-now = возможно, уже
reserve-inflow = поступления по дням, BTC, дни UTC
reserve-no-past = в истории пока нет
reserve-no-inflow = Канал не говорит о поступлениях.
reserve-this-desk = пульт
reserve-feed-says = канал
reserve-today = сегодня
reserve-by-site = площадки,
reserve-seven-days = 7 дней
reserve-worth = стоимость зрелых и незрелых монет, без дробей
reserve-no-rates = Канал не даёт курса биткоина.
reserve-rate-unused = ? не взят { $age }
reserve-rate-ahead = ? дата впереди
reserve-rate-simulated = { $source } (симуляция)
reserve-ahead = ! { $btc } BTC из блоков впереди цепи
reserve-accounts = { $n ->
    [one] { $n } счёт
    [few] { $n } счёта
   *[many] { $n } счетов
}
reserve-unheard = { $n ->
    [one] ? { $n } счёт устарел
    [few] ? { $n } счёта устарели
   *[many] ? { $n } счетов устарели
}
reserve-in-blocks = { $n ->
    [one] через { $n } блок
    [few] через { $n } блока
   *[many] через { $n } блоков
}
reserve-some-silent = { $n ->
    [one] { $n } счёт не говорит, когда созреют монеты
    [few] { $n } счёта не говорят, когда созреют монеты
   *[many] { $n } счетов не говорят, когда созреют монеты
}
reserve-differs = { $n ->
    [one] ! не сходится { $n } счёт: разница { $btc } BTC
    [few] ! не сходятся { $n } счёта: разница до { $btc } BTC
   *[many] ! не сходятся { $n } счетов: разница до { $btc } BTC
}
reserve-left-out = { $n ->
    [one] ! { $n } счёт не вошёл
    [few] ! { $n } счёта не вошли
   *[many] ! { $n } счетов не вошли
}
