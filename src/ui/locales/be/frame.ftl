frame-no-nation = краіна яшчэ не вядомая
frame-read-only = ТОЛЬКІ ПРАГЛЯД
frame-simulated = СІМУЛЯЦЫЯ
frame-low = нізкая
frame-high = высокая
frame-very-low = вельмі нізкая
frame-very-high = вельмі высокая
frame-hz-stale = Гц, састарэла { $age }
frame-hz-bad = Гц, нягодна { $age }
frame-grid-alert = сетка: пагроза
frame-grid-emergency = сетка: АВАРЫЯ
frame-disputed = спрэчна
frame-meters-disputed = { $n ->
    [one] { $n } спрэчны лічыльнік
    [few] { $n } спрэчныя лічыльнікі
   *[many] { $n } спрэчных лічыльнікаў
    }
frame-surplus = лішак
frame-mining = майнінг
frame-of-mw = з { $power } МВт
frame-short = дэфіцыт
frame-headroom = запас
frame-reserve = рэзерв
frame-sheddable = можна зняць МВт
frame-shed = зняць МВт
frame-good = { $share } % дакладна
frame-good-old = { $share } % дакладна, старэйшае { $age }
frame-good-stale = { $n ->
    [one] { $share } % дакладна, { $n } пляцоўка маўчыць { $age }
    [few] { $share } % дакладна, { $n } пляцоўкі маўчаць { $age }
   *[many] { $share } % дакладна, { $n } пляцовак маўчыць { $age }
    }
frame-stale = { $n } маўчыць { $age }
frame-alarms-unknown = ? трывогі невядомыя
frame-no-new-alarms = новых трывог няма
frame-no-alarms = трывог няма
frame-alarms = трывогі
foot-quit-ask-brief = Ідуць каманды: { $key } - выхад
foot-quit-ask = Каманды яшчэ выконваюцца. { $key } - выйсці, іншая клавіша - застацца.
foot-filter = фільтр { $text }, { $key } яго здымае
foot-tour = першыя радкі
foot-closes-tour = закрывае гэтыя радкі
foot-frozen = СТОП-КАДР: без сартавання, трэндаў і каманд; { $key } - далей
foot-any-key = любая клавіша
foot-closes-help = закрывае даведку
foot-keep = пакінуць
foot-clear = зняць
foot-leaves = адмена
foot-sends = адправіць набранае
foot-sends-brief = адправіць
foot-check = праверыць
foot-within = за час
foot-arm = узвесці
foot-amount = велічыня
foot-scroll = гартаць
foot-screens = экраны
foot-quit = выхад
foot-back = назад
foot-copy-hash = копія хэша
foot-resume = далей
help-keys-on = Клавішы экрана { $screen }
help-legend = (каманда): узвод і набор слова; (адразу): без пытання
help-legend-solo = (адразу): без пытання
help-asks = (спытае)
help-order = (каманда)
help-acts = (адразу)
help-screens = экраны па нумарах
help-stale = старое: апошняе вядомае
help-firmware = па прашыўцы, не лічыльніку
help-nameplate = па пашпарце, не змерана
help-alarms = трывогі, 1 - самыя тэрміновыя
help-alarm-keys = !1 - !4
foot-quit-ask-shed = Ідзе аварыйнае зняцце: { $key } - выйсці і спыніць
foot-cancels = адмена
foot-sheds = зняць
foot-to-word = да слова
foot-other-line = другі радок
foot-notes = запісаць
foot-leaves-it = пакінуць як ёсць
foot-leaves-brief = выхад
foot-next = далей
foot-stop-shed = { $key } - спыніць зняцце
foot-stop-shed-again = Esc яшчэ раз за 2 с спыніць зняцце
foot-its-orders = яго каманды
foot-for-how-long = на колькі
foot-puts-back = вярнуць
foot-does-it = выканаць
foot-choose = выбар
