abnormal-none = адхіленняў няма, каманды не выконваюцца
abnormal-none-off = трывог няма, каманды не выконваюцца; знята { $power } МВт
abnormal-journal = !2 каманды не адыходзяць: { $why }
abnormal-live = на сувязі
abnormal-down-connecting = !2 няма сувязі{ $since }, злучэнне
abnormal-connecting = злучэнне
abnormal-syncing = чакаем здымак
abnormal-down = !2 няма сувязі{ $since }
abnormal-trying = новая спроба
abnormal-next-try = спроба праз { $n } с
abnormal-nowhere = нікуды
abnormal-sites = { $n ->
    [one] { $n } пляцоўка
    [few] { $n } пляцоўкі
   *[many] { $n } пляцовак
    }
abnormal-off = адкл.
abnormal-on = укл.
abnormal-order = каманда { $id }
abnormal-unjournaled = !2 няма ў журнале
abnormal-unknown = ? невядома: сувязі няма, спытаем, калі будзе
abnormal-sent = адпраўлена
abnormal-accepted = прынята
abnormal-delivered = выканана
abnormal-of = { $part } з { $all }
