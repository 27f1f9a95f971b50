orders-col-order = НУМАР
orders-col-where = КУДЫ
orders-col-sent = АДПРАЎЛ.
orders-col-accepted = ПРЫНЯТА
orders-col-delivered = ВЫКАНАНА
orders-col-delivered-mw = ВЫКАН. МВт
orders-col-metered = ЗМЕРАНА
orders-col-why = ЧАМУ
orders-count = выконваецца { $under }, усяго { $all }
orders-forgetful = нумары каманд толькі ў памяці шлюза, не ў журнале
orders-forgetful-brief = нумары толькі ў памяці
rules-old-of = старыя правілы бяспекі: { $feeds }
rules-old = старыя правілы бяспекі
rules-open-of = дзейнічаць можа кожны, без подпісу: { $feeds }
rules-open = дзейнічаць можа кожны
orders-none = З запуску гэты пульт не аддаў ніводнай каманды.
orders-none-how = { $curtail } зніжае адсюль усю краіну; асобныя пляцоўкі: { $nation } Краіна, адзначыць: { $mark }, потым { $curtail }.
orders-blocks-of = блокі каманды { $id }
orders-to = каму
orders-issued-by = аддаў
orders-no-answer = няма адказу
orders-by-desk = { $by }, { $desk }
orders-called-back = адменена блокаў: { $n } з { $of }
cancel-title = Адмяніць каманду { $id }
cancel-never = { $n ->
    [one] { $n } блок не пачаты: і не пачнецца
    [few] { $n } блокі не пачатыя: і не пачнуцца
   *[many] { $n } блокаў не пачатыя: і не пачнуцца
}
cancel-goes-on = у ходзе: { $n }, працягнуць
cancel-there = выканана: { $n }
cancel-cancelled = { $n ->
    [one] { $n } блок адменены
    [few] { $n } блокі адменены
   *[many] { $n } блокаў адменена
}
cancel-offer-restore = { $n ->
    [one] { $n } блок ужо зніжаны: { $key } верне
    [few] { $n } блокі ўжо зніжаны: { $key } верне
   *[many] { $n } блокаў ужо зніжаны: { $key } верне
}
cancel-offer-curtail = { $n ->
    [one] { $n } блок ужо вернуты: { $key } здыме зноў
    [few] { $n } блокі ўжо вернуты: { $key } здыме зноў
   *[many] { $n } блокаў ужо вернуты: { $key } здыме зноў
}
cancel-nothing-waits = нішто не чакае: усё пачата ці скончана
cancel-anothers = чужая каманда: адмяніць можа той, хто аддаў, або дыспетчар
cancel-no-link = канал не працуе: цяпер адмяніць нельга
cancel-word = набярыце дакладна { $word }, вялікімі; нічога не пайшло
cancel-time-over = не пайшло: 10 с скончыліся; { $key } узвядзе зноў
cancel-arms = { $key } узводзіць адмену на { $time }.
cancel-left = Пайшло. Адказ стаіць вышэй.
cancel-turn = назад
cancel-key = { $key } адменіць тое, што чакае: { $n }
