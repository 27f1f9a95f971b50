notice-copied = скапіявана
notice-hash-copied = хэш блока скапіяваны
notice-no-block = блок яшчэ не знойдзены, капіяваць няма чаго
notice-no-screen = экрана { $screen } без каналаў няма: тут { $engine } Рухавік і { $journal } Журнал
notice-no-dispute = каналы не спрачаюцца: выбіраць няма чаго
notice-no-marks = адзначаюцца пляцоўкі і блокі
notice-marked = { $n ->
    [one] усе адпаведныя: { $n } пляцоўка з { $of }
    [few] усе адпаведныя: { $n } пляцоўкі з { $of }
   *[many] усе адпаведныя: { $n } пляцовак з { $of }
    }
notice-no-freeze = стоп-кадр - для пляцовак, залаў і блокаў
notice-no-engine = у гэтай кансолі рухавік не запушчаны
notice-read-only = гэта кансоль толькі для прагляду (--read-only)
notice-read-only-orders = гэта кансоль толькі для прагляду (--read-only): каманды не адыходзяць
notice-frozen = стоп-кадр: націсніце f, перш чым даваць каманду
notice-nothing-chosen = нічога не выбрана: навядзіце курсор на пляцоўку або адзначце прабелам
notice-journal-again = журнал зноў пішацца
notice-no-orders-leave = каманды не адыходзяць: { $why }
notice-best-share = найлепшая шара за ўвесь час: складанасць { $difficulty }
notice-block-found = блок{ $height } знойдзены
notice-block-in-chain = знойдзены тут блок{ $height } у ланцужку
notice-no-paste = устаўка тут не прымаецца: набярыце
notice-history-again = гісторыя зноў вядзецца
notice-shed-runs = ідзе аварыйнае скіданне: Esc двойчы яго спыніць
notice-too-soon = набрана занадта рана, гэта яшчэ нельга было прачытаць: адкінута, набярыце зноў
notice-shed-lapsed = нічога не скінута: слова не набрана за 30 с
notice-alarm-over = трывога прайшла: адкладаць няма чаго
notice-out-already = трывога ўжо выведзена з працы
notice-engineers-only = выводзіць трывогі з працы можа толькі інжынер (role у наладах)
notice-one-alarm = па адной трывозе: Enter адкрые лавіну
notice-reason-needed = патрэбна прычына, некалькі слоў
notice-out-of-service = выведзена з працы, пакуль яе не вернуць (відаць па v)
notice-back-in-service = зноў у працы
notice-no-journal-here = гэты пульт не вядзе журнала, запісаць няма куды
notice-nothing-waits = другой асобы нішто не чакае
notice-no-ids = няма нумароў для каманд: нічога не адпраўлена
notice-no-site = пляцоўка не выбрана
notice-lockout-on-site = блакіроўка вешаецца на экране пляцоўкі: Enter яе адкрые
notice-no-block-chosen = блок не выбраны
notice-not-answered = нічога не адпраўлена: на пытанне не адказалі
notice-marked-blocks = { $n ->
    [one] усе адпаведныя: { $n } блок з { $of }
    [few] усе адпаведныя: { $n } блокі з { $of }
   *[many] усе адпаведныя: { $n } блокаў з { $of }
    }
notice-filter-wrong = нічога не адзначана: частка фільтра незразумелая
notice-works-on = гэта працуе на экранах: { $screens }
notice-nothing-to-cancel = няма каманды, якую можна адклікаць
notice-choose-order = ідуць некалькі каманд: пастаўце курсор на адну
notice-opened = пульт па файле { $file }
