notice-copied = скапіявана
notice-hash-copied = хэш блока скапіяваны
notice-no-block = блок яшчэ не знойдзены, капіяваць няма чаго
notice-no-screen = экрана { $screen } без каналаў няма: тут { $engine } Рухавік і { $journal } Журнал
notice-no-marks = адзначаюцца пляцоўкі і блокі
notice-marked = { $n ->
    [one] адзначана { $n } пляцоўка з { $of }
    [few] адзначаны { $n } пляцоўкі з { $of }
   *[many] адзначана { $n } пляцовак з { $of }
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
