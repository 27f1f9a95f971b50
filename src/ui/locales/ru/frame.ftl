frame-no-nation = страна ещё не известна
frame-read-only = ТОЛЬКО ПРОСМОТР
frame-simulated = СИМУЛЯЦИЯ
frame-low = низкая
frame-high = высокая
frame-very-low = очень низкая
frame-very-high = очень высокая
frame-hz-stale = Гц, устарела { $age }
frame-hz-bad = Гц, негодна { $age }
frame-grid-alert = сеть: угроза
frame-grid-emergency = сеть: АВАРИЯ
frame-disputed = спорно
frame-meters-disputed = { $n ->
    [one] { $n } спорный счётчик
    [few] { $n } спорных счётчика
   *[many] { $n } спорных счётчиков
    }
frame-surplus = избыток
frame-mining = майнинг
frame-of-mw = из { $power } МВт
frame-short = дефицит
frame-headroom = запас
frame-reserve = резерв
frame-sheddable = можно снять МВт
frame-shed = снять МВт
frame-good = { $share } % достоверно
frame-good-old = { $share } % достоверно, старшее { $age }
frame-good-stale = { $n ->
    [one] { $share } % достоверно, { $n } площадка молчит { $age }
    [few] { $share } % достоверно, { $n } площадки молчат { $age }
   *[many] { $share } % достоверно, { $n } площадок молчит { $age }
    }
frame-stale = { $n } молчит { $age }
frame-alarms-unknown = ? тревоги неизвестны
frame-no-new-alarms = новых тревог нет
frame-no-alarms = тревог нет
frame-alarms = тревоги
foot-quit-ask-brief = Идут команды: { $key } - выход
foot-quit-ask = Команды ещё исполняются. { $key } - выйти, другая клавиша - остаться.
foot-filter = фильтр { $text }, { $key } его снимает
foot-tour = первые строки
foot-closes-tour = закрывает эти строки
foot-frozen = СТОП-КАДР: без сортировки, трендов и команд; { $key } - дальше
foot-any-key = любая клавиша
foot-closes-help = закрывает справку
foot-keep = оставить
foot-clear = снять
foot-leaves = отмена
foot-sends = отправить набранное
foot-sends-brief = отправить
foot-check = проверить
foot-within = за время
foot-arm = взвести
foot-amount = величина
foot-scroll = листать
foot-screens = экраны
foot-quit = выход
foot-back = назад
foot-copy-hash = копия хеша
foot-resume = дальше
help-keys-on = Клавиши экрана { $screen }
help-legend = (команда): взвод и набор слова; (сразу): без вопроса
help-legend-solo = (сразу): без вопроса
help-asks = (спросит)
help-order = (команда)
help-acts = (сразу)
help-screens = экраны по номерам
help-stale = старое: последнее известное
help-firmware = по прошивке, не счётчику
help-nameplate = по паспорту, не измерено
help-alarms = тревоги, 1 - самые срочные
help-alarm-keys = !1 - !4
foot-quit-ask-shed = Идёт аварийное снятие: { $key } - выйти и остановить
foot-cancels = отмена
foot-sheds = снять
foot-to-word = к слову
foot-other-line = другая строка
foot-notes = записать
foot-leaves-it = оставить как есть
foot-leaves-brief = выход
foot-next = дальше
foot-stop-shed = { $key } - остановить снятие
foot-stop-shed-again = Esc ещё раз за 2 с остановит снятие
foot-its-orders = его команды
foot-for-how-long = на сколько
foot-puts-back = вернуть
foot-does-it = выполнить
foot-choose = выбор
