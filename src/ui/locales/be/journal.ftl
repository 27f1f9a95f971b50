journal-col-feed = КАНАЛ
journal-col-link = СУВЯЗЬ
journal-col-serves = ДАЕ
journal-col-skew = ЗРУХ мс
journal-col-bad-items = БРАК ЗАП.
journal-col-bad-messages = БРАК ПАВ
journal-col-gap = РАЗРЫЎ СУВЯЗІ
journal-col-at = ЧАС
journal-col-about = ПРА
journal-col-what = ШТО
journal-col-row = РАДОК
journal-col-actor = ХТО
journal-col-kind = ВІД
journal-nowhere-long = Журнал тут не вядзецца: нататкі жывуць у памяці кансолі і знікнуць з ёй.
journal-nowhere = Журнала няма: нататкі знікнуць з кансоллю
journal-opening = Журнал адкрываецца.
journal-name = Журнал
journal-rows = { $n ->
    [one] { $n } радок, на дыску
    [few] { $n } радкі, на дыску
   *[many] { $n } радкоў, на дыску
    }
journal-head = вяршыня { $seq }:{ $hash }...
journal-waiting = { $n ->
    [one] { $n } запіс чакае
    [few] { $n } запісы чакаюць
   *[many] { $n } запісаў чакаюць
    }
journal-waiting-lost = { $n ->
    [one] { $n } запіс чакае, страчана { $lost }
    [few] { $n } запісы чакаюць, страчана { $lost }
   *[many] { $n } запісаў чакаюць, страчана { $lost }
    }
journal-broken = !2 Журнал не пішацца: каманды не адыходзяць
journal-no-match = Сярод апошніх радкоў такога тэксту няма.
journal-about-link = сувязь
journal-about-order = кам.
journal-about-desk = пульт
journal-gap = { $span }, { $age } таму
