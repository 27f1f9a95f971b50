abnormal-none = отклонений нет, команды не исполняются
abnormal-none-off = тревог нет, команды не исполняются; снято { $power } МВт
abnormal-journal = !2 команды не уходят: { $why }
abnormal-live = на связи
abnormal-down-connecting = !2 нет связи{ $since }, соединение
abnormal-connecting = соединение
abnormal-syncing = ждём снимок
abnormal-down = !2 нет связи{ $since }
abnormal-trying = новая попытка
abnormal-next-try = попытка через { $n } с
abnormal-nowhere = никуда
abnormal-sites = { $n ->
    [one] { $n } площадка
    [few] { $n } площадки
   *[many] { $n } площадок
    }
abnormal-off = откл.
abnormal-on = вкл.
abnormal-order = команда { $id }
abnormal-unjournaled = !2 нет в журнале
abnormal-unknown = ? неизвестно: связи нет, спросим, когда будет
abnormal-sent = отправлена
abnormal-accepted = принята
abnormal-delivered = исполнено
abnormal-of = { $part } из { $all }
