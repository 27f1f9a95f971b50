emergency-title = АВАРИЙНОЕ СНЯТИЕ
emergency-drops = снимет
emergency-within = за { $time } от шага
emergency-within-brief = за { $time }
emergency-steps = { $n ->
    [one] { $n } шаг не более { $power } МВт
    [few] { $n } шага не более { $power } МВт
   *[many] { $n } шагов не более { $power } МВт
    }
emergency-every = через каждые
emergency-last = последний через
emergency-remembered = { $n ->
    [one] ? { $n } блок по последним данным: телеметрия старая или негодна
    [few] ? { $n } блока по последним данным: телеметрия старая или негодна
   *[many] ? { $n } блоков по последним данным: телеметрия старая или негодна
    }
emergency-unjournaled = !2 уйдёт мимо журнала: { $why }
emergency-unreached = !2 не достать, канала нет: { $names }
emergency-unreached-more = !2 не достать, канала нет: { $names } и ещё { $more }
emergency-low = низкая: снятие её поднимет
emergency-low-brief = низкая
emergency-contradicted = !1 источники расходятся: куда она отклонилась, неизвестно
emergency-contradicted-brief = !1 источники расходятся
emergency-in-band = в норме: снятие её поднимет
emergency-in-band-brief = в норме
emergency-high = !1 ВЫСОКАЯ: снятие поднимет её ещё, но пройдёт
emergency-high-brief = !1 ВЫСОКАЯ: поднимется ещё
emergency-too-high = !1 СЛИШКОМ ВЫСОКАЯ: ничего не уйдёт
emergency-too-high-brief = !1 СЛИШКОМ ВЫСОКАЯ
emergency-unknown = !2 неизвестна: сторона не проверена
emergency-unknown-brief = !2 не проверено
emergency-frequency = частота
direction-change = ожидается
direction-change-step = шаг
direction-shed-high = !1 ВЫСОКАЯ: снятие поднимет её ещё
direction-give-low = !1 НИЗКАЯ: возврат опустит её ещё
direction-give-low-brief = !1 НИЗКАЯ: упадёт ещё
direction-give-in-band = в норме: возврат её опустит
direction-give-high = высокая: возврат её опустит
direction-give-high-brief = высокая
emergency-step = шаг
emergency-at-once = сразу
emergency-after = через { $time }
emergency-word-blocks = { $n ->
    [one] блок
    [few] блока
   *[many] блоков
    }
emergency-word-sites = { $n ->
    [one] площадка
    [few] площадки
   *[many] площадок
    }
emergency-notice = начнётся через { $notice }, по договору
emergency-uncut = один блок, не делится
emergency-down = { $n ->
    [one] { $n } блок уже снижен или на пути
    [few] { $n } блока уже снижены или на пути
   *[many] { $n } блоков уже снижены или на пути
    }
emergency-to-shed = и Enter - снять
emergency-wait = Ждите.
emergency-ready = Готово.
emergency-ended = снятие: { $how }
emergency-again = { $n ->
    [one] { $key } ещё раз - ещё { $n } шаг
    [few] { $key } ещё раз - ещё { $n } шага
   *[many] { $key } ещё раз - ещё { $n } шагов
    }
emergency-stopped = Остановлено при { $hertz } Гц, { $time }
emergency-stopped-at = Остановлено при { $hertz } Гц у { $place }, { $time }
emergency-sent = { $sent } из { $whole } МВт, { $at } из { $all } шагов
emergency-called-back = { $n ->
    [one] { $n } отозван
    [few] { $n } отозваны
   *[many] { $n } отозвано
    }
emergency-running = СНЯТИЕ шаг { $at } из { $all }, { $sent } из { $whole } МВт, дальше через { $wait } с
emergency-disputed = !1 спорно, ничего не запрещает: { $label } говорит { $value }
emergency-disputed-brief = !1 или { $value }
emergency-elsewhere = в { $place }
emergency-held = { $n ->
    [one] { $n } шаг ({ $power } МВт) ждёт у шлюза и начнётся в свой черёд; Esc отзывает
    [few] { $n } шага ({ $power } МВт) ждут у шлюзов и начнутся в свой черёд; Esc отзывает
   *[many] { $n } шагов ({ $power } МВт) ждут у шлюзов и начнутся в свой черёд; Esc отзывает
    }
emergency-held-high = !1 СЛИШКОМ ВЫСОКАЯ: { $power } МВт у шлюзов ({ $n }) начнутся, только если позволит их показание; Esc отзывает
