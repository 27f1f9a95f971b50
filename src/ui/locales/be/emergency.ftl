emergency-title = АВАРЫЙНАЕ ЗНЯЦЦЕ
emergency-drops = здыме
emergency-within = за { $time } ад кроку
emergency-within-brief = за { $time }
emergency-steps = { $n ->
    [one] { $n } крок не больш за { $power } МВт
    [few] { $n } крокі не больш за { $power } МВт
   *[many] { $n } крокаў не больш за { $power } МВт
    }
emergency-every = праз кожныя
emergency-last = апошні праз
emergency-remembered = { $n ->
    [one] ? { $n } блок па апошніх даных: тэлеметрыя старая або нягодная
    [few] ? { $n } блокі па апошніх даных: тэлеметрыя старая або нягодная
   *[many] ? { $n } блокаў па апошніх даных: тэлеметрыя старая або нягодная
    }
emergency-unjournaled = !2 пойдзе міма журнала: { $why }
emergency-unreached = !2 не дастаць, канала няма: { $names }
emergency-unreached-more = !2 не дастаць, канала няма: { $names } і яшчэ { $more }
emergency-low = нізкая: зняцце яе падыме
emergency-low-brief = нізкая
emergency-contradicted = !1 крыніцы разыходзяцца: куды яна адхілілася, невядома
emergency-contradicted-brief = !1 крыніцы разыходзяцца
emergency-in-band = у норме: зняцце яе падыме
emergency-in-band-brief = у норме
emergency-high = !1 ВЫСОКАЯ: зняцце падыме яе яшчэ, але пройдзе
emergency-high-brief = !1 ВЫСОКАЯ: падымецца яшчэ
emergency-too-high = !1 ЗАНАДТА ВЫСОКАЯ: нічога не пойдзе
emergency-too-high-brief = !1 ЗАНАДТА ВЫСОКАЯ
emergency-unknown = !2 невядомая: бок не правераны
emergency-unknown-brief = !2 не праверана
emergency-frequency = частата
direction-change = чакаецца
direction-change-step = крок
direction-shed-high = !1 ВЫСОКАЯ: зняцце падыме яе яшчэ
direction-give-low = !1 НІЗКАЯ: вяртанне апусціць яе яшчэ
direction-give-low-brief = !1 НІЗКАЯ: упадзе яшчэ
direction-give-in-band = у норме: вяртанне яе апусціць
direction-give-high = высокая: вяртанне яе апусціць
direction-give-high-brief = высокая
emergency-step = крок
emergency-at-once = адразу
emergency-after = праз { $time }
emergency-word-blocks = { $n ->
    [one] блок
    [few] блокі
   *[many] блокаў
    }
emergency-word-sites = { $n ->
    [one] пляцоўка
    [few] пляцоўкі
   *[many] пляцовак
    }
emergency-notice = пачнецца праз { $notice }, па дамове
emergency-uncut = адзін блок, не дзеліцца
emergency-down = { $n ->
    [one] { $n } блок ужо зніжаны або на шляху
    [few] { $n } блокі ўжо зніжаны або на шляху
   *[many] { $n } блокаў ужо зніжаны або на шляху
    }
emergency-to-shed = і Enter - зняць
emergency-wait = Чакайце.
emergency-ready = Гатова.
emergency-ended = зняцце: { $how }
emergency-again = { $n ->
    [one] { $key } яшчэ раз - яшчэ { $n } крок
    [few] { $key } яшчэ раз - яшчэ { $n } крокі
   *[many] { $key } яшчэ раз - яшчэ { $n } крокаў
    }
emergency-stopped = Спынена пры { $hertz } Гц, { $time }
emergency-stopped-at = Спынена пры { $hertz } Гц ля { $place }, { $time }
emergency-sent = { $sent } з { $whole } МВт, { $at } з { $all } крокаў
emergency-called-back = { $n ->
    [one] { $n } адкліканы
    [few] { $n } адкліканыя
   *[many] { $n } адклікана
    }
emergency-running = ЗНЯЦЦЕ крок { $at } з { $all }, { $sent } з { $whole } МВт, далей праз { $wait } с
emergency-disputed = !1 спрэчна, нічога не забараняе: { $label } кажа { $value }
emergency-disputed-brief = !1 або { $value }
emergency-elsewhere = у { $place }
emergency-held = { $n ->
    [one] { $n } крок ({ $power } МВт) чакае ў шлюза і пачнецца ў свой чарод; Esc адклікае
    [few] { $n } крокі ({ $power } МВт) чакаюць у шлюзаў і пачнуцца ў свой чарод; Esc адклікае
   *[many] { $n } крокаў ({ $power } МВт) чакаюць у шлюзаў і пачнуцца ў свой чарод; Esc адклікае
    }
emergency-held-high = !1 ЗАНАДТА ВЫСОКАЯ: { $power } МВт у шлюзаў ({ $n }) пачнуцца, толькі калі дазволіць іх паказанне; Esc адклікае
