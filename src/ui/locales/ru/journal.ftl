journal-col-feed = КАНАЛ
journal-col-link = СВЯЗЬ
journal-col-serves = ДАЁТ
journal-col-skew = СДВИГ мс
journal-col-bad-items = БРАК ЗАП.
journal-col-bad-messages = БРАК СБЩ
journal-col-gap = РАЗРЫВ СВЯЗИ
journal-col-at = ВРЕМЯ
journal-col-about = О ЧЁМ
journal-col-what = ЧТО
journal-col-row = СТРОКА
journal-col-actor = КТО
journal-col-kind = ВИД
journal-nowhere-long = Журнал здесь не ведётся: заметки живут в памяти консоли и исчезнут с ней.
journal-nowhere = Журнала нет: заметки исчезнут с консолью
journal-opening = Журнал открывается.
journal-name = Журнал
journal-rows = { $n ->
    [one] { $n } строка, на диске
    [few] { $n } строки, на диске
   *[many] { $n } строк, на диске
    }
journal-head = вершина { $seq }:{ $hash }...
journal-waiting = { $n ->
    [one] { $n } запись ждёт
    [few] { $n } записи ждут
   *[many] { $n } записей ждут
    }
journal-waiting-lost = { $n ->
    [one] { $n } запись ждёт, потеряно { $lost }
    [few] { $n } записи ждут, потеряно { $lost }
   *[many] { $n } записей ждут, потеряно { $lost }
    }
journal-broken = !2 Журнал не пишется: команды не уходят
journal-no-match = Среди последних строк такого текста нет.
journal-about-link = связь
journal-about-order = ком.
journal-about-desk = пульт
journal-gap = { $span }, { $age } назад
