orders-col-by = АДДАЎ
desk-now = цяпер
desk-late = спазн. { $time }
desk-own = шлюз { $rule }
desk-chart = вымераныя МВт ад адпраўкі
desk-sign-sent = адпраўлена
desk-sign-accepted = прынята
desk-sign-delivered = выканана
desk-sign-promised = тэрмін
desk-sign-expires = мінае
desk-sign-other = чужога пульта
desk-sign-all = выканана ўся
desk-sign-wrong = сарвана
desk-head-orders = Каманды
desk-head-under-way = { $n }
desk-head-own = шлюзаў { $n }
desk-head-queue = Чарга набору
desk-head-queued = { $blocks }, { $mw } МВт
desk-head-authority = Кіраванне
desk-head-held = { $here } з { $sites }
desk-plan-nation = план для краіны:
desk-plan-sites = { $n ->
    [one] план, адзначана { $n } пляцоўка:
    [few] план, адзначаны { $n } пляцоўкі:
   *[many] план, адзначана { $n } пляцовак:
}
desk-plan-blocks = { $n ->
    [one] план, адзначаны { $n } блок:
    [few] план, адзначаны { $n } блокі:
   *[many] план, адзначана { $n } блокаў:
}
desk-plan-mark = (пляцоўкі: { $nation } Краіна, адзначыць: { $mark })
desk-plan-whole = уся краіна
desk-plan-read-only = гэты пульт толькі глядзіць
desk-col-back = МВт
desk-col-in = ПРАЗ
desk-col-not-before = НЕ РАНЕЙ
desk-col-holder = У КАГО
desk-col-epoch = ЭПОХА
desk-col-lockouts = ПЛАКАТЫ
desk-col-local = МЯСЦОВАЕ
desk-col-what = ШТО
desk-col-by-whom = КІМ
desk-waits-turn = свая чарга
desk-waits-cap = мяжа набору парка
desk-waits-minimum = мінімум прастою
desk-waits-frequency = частата па-за паласой
desk-waits-blind = частата невядомая
desk-waits-instruction = дыспетчар сеткі просіць менш
desk-waits-calm = вытрымка пасля спынення
desk-waits-offset = выпадковая затрымка пасля арэнды
desk-waits-order = іншая каманда
desk-queue-untold = Ніводны шлюз тут не паведамляе чаргу набору.
desk-queue-untold-brief = шлюзы яе не паведамляюць
desk-queue-empty = Набору ніхто не чакае.
desk-queue-empty-brief = ніхто не чакае
desk-queue-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блокі
   *[many] { $n } блокаў
}
desk-queue-last = апошні праз { $time }
desk-queue-by = апошні чакаецца ў { $clock }
desk-queue-no-end = канец невядомы
desk-queue-held = стаяць { $n }
desk-queue-stale = ? старое { $age }
desk-queue-off = { $n ->
    [one] { $n } блок адключаны, набору не чакае
    [few] { $n } блокі адключаны, набору не чакаюць
   *[many] { $n } блокаў адключаны, набору не чакаюць
}
desk-queue-lowered = { $n ->
    [one] { $n } блок зніжаны часткова
    [few] { $n } блокі зніжаны часткова
   *[many] { $n } блокаў зніжаны часткова
}
desk-hands-here = тут { $here } з { $sites } пляцовак
desk-hands-more = у іншых { $n }
desk-hands-free = вольныя { $n }
desk-hands-locked = { $n ->
    [one] { $n } плакат
    [few] { $n } плакаты
   *[many] { $n } плакатаў
}
desk-hands-local = на мясцовым { $n }
desk-hands-none = Пляцоўкі яшчэ невядомыя.
desk-hands-mine = тут
desk-hands-nobody = вольная
desk-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блокі
   *[many] { $n } блокаў
}
desk-lockout = плакат
desk-local = мясцовае
