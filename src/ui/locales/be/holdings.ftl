reserve-col-by = ХТО
reserve-col-worth-checked = ПРАВЕРАНА, КОШТ
reserve-col-worth-claimed = ЗАЯЎЛЕНА, КОШТ
reserve-col-per-btc = ЗА 1 BTC
reserve-col-rate-age = УЗРОСТ
reserve-col-rate-source = АДКУЛЬ
reserve-checked = праверана сваім вузлом
reserve-checked-brief = праверана
reserve-claimed = заяўлена іншымі
reserve-claimed-brief = заяўлена
reserve-maturing-all = няспелыя манеты, усе рахункі
reserve-maturing-of = няспелыя манеты, { $account }
reserve-only-bitcoin = Паспявае толькі біткоін.
reserve-not-said = Канал не кажа, калі паспеюць манеты.
reserve-nothing-immature = Няспелых манет няма.
reserve-now = зараз
reserve-due = ужо спелыя
reserve-by-now = магчыма, ужо
reserve-inflow = паступленні па днях, BTC, дні UTC
reserve-no-past = у гісторыі пакуль няма
reserve-no-inflow = Канал не кажа пра паступленні.
reserve-this-desk = пульт
reserve-feed-says = канал
reserve-today = сёння
reserve-by-site = пляцоўкі,
reserve-seven-days = 7 дзён
reserve-worth = кошт спелых і няспелых манет, без дробаў
reserve-no-rates = Канал не дае курсу біткоіна.
reserve-rate-unused = ? не ўзяты { $age }
reserve-rate-ahead = ? дата наперадзе
reserve-rate-simulated = { $source } (сімуляцыя)
reserve-ahead = ! { $btc } BTC з блокаў наперадзе ланцуга
reserve-accounts = { $n ->
    [one] { $n } рахунак
    [few] { $n } рахункі
   *[many] { $n } рахункаў
}
reserve-unheard = { $n ->
    [one] ? { $n } рахунак стары
    [few] ? { $n } рахункі старыя
   *[many] ? { $n } рахункаў старыя
}
reserve-in-blocks = { $n ->
    [one] праз { $n } блок
    [few] праз { $n } блокі
   *[many] праз { $n } блокаў
}
reserve-some-silent = { $n ->
    [one] { $n } рахунак не кажа, калі паспеюць манеты
    [few] { $n } рахункі не кажуць, калі паспеюць манеты
   *[many] { $n } рахункаў не кажуць, калі паспеюць манеты
}
reserve-differs = { $n ->
    [one] ! не сыходзіцца { $n } рахунак: розніца { $btc } BTC
    [few] ! не сыходзяцца { $n } рахункі: розніца да { $btc } BTC
   *[many] ! не сыходзяцца { $n } рахункаў: розніца да { $btc } BTC
}
reserve-left-out = { $n ->
    [one] ! { $n } рахунак не ўвайшоў
    [few] ! { $n } рахункі не ўвайшлі
   *[many] ! { $n } рахункаў не ўвайшлі
}
