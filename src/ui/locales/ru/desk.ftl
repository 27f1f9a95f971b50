orders-col-by = ОТДАЛ
desk-now = сейчас
desk-late = опозд. { $time }
desk-own = шлюз { $rule }
desk-chart = измеренные МВт с отправки
desk-sign-sent = отправлена
desk-sign-accepted = принята
desk-sign-delivered = исполнено
desk-sign-promised = срок
desk-sign-expires = истекает
desk-sign-other = чужого пульта
desk-sign-all = исполнена вся
desk-sign-wrong = сорвана
desk-head-orders = Команды
desk-head-under-way = { $n }
desk-head-own = шлюзов { $n }
desk-head-queue = Очередь набора
desk-head-queued = { $blocks }, { $mw } МВт
desk-head-authority = Управление
desk-head-held = { $here } из { $sites }
desk-plan-nation = план для страны:
desk-plan-sites = { $n ->
    [one] план, отмечена { $n } площадка:
    [few] план, отмечены { $n } площадки:
   *[many] план, отмечено { $n } площадок:
}
desk-plan-blocks = { $n ->
    [one] план, отмечен { $n } блок:
    [few] план, отмечены { $n } блока:
   *[many] план, отмечено { $n } блоков:
}
desk-plan-mark = (площадки: { $nation } Страна, отметить: { $mark })
desk-plan-whole = вся страна
desk-plan-read-only = этот пульт только смотрит
desk-col-back = МВт
desk-col-in = ЧЕРЕЗ
desk-col-not-before = НЕ РАНЕЕ
desk-col-holder = У КОГО
desk-col-epoch = ЭПОХА
desk-col-lockouts = ПЛАКАТЫ
desk-col-local = МЕСТНОЕ
desk-col-what = ЧТО
desk-col-by-whom = КЕМ
desk-waits-turn = своя очередь
desk-waits-cap = предел набора парка
desk-waits-minimum = минимум простоя
desk-waits-frequency = частота вне полосы
desk-waits-blind = частота неизвестна
desk-waits-instruction = диспетчер сети просит меньше
desk-waits-calm = выдержка после остановки
desk-waits-offset = случайная задержка после аренды
desk-waits-order = другая команда
desk-queue-untold = Ни один шлюз здесь не сообщает очередь набора.
desk-queue-untold-brief = шлюзы её не сообщают
desk-queue-empty = Набора никто не ждёт.
desk-queue-empty-brief = никто не ждёт
desk-queue-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блока
   *[many] { $n } блоков
}
desk-queue-last = последний через { $time }
desk-queue-by = последний ожидается в { $clock }
desk-queue-no-end = конец неизвестен
desk-queue-held = стоят { $n }
desk-queue-stale = ? старое { $age }
desk-queue-off = { $n ->
    [one] { $n } блок отключён, набор не ждёт
    [few] { $n } блока отключены, набор не ждут
   *[many] { $n } блоков отключены, набор не ждут
}
desk-queue-lowered = { $n ->
    [one] { $n } блок снижен частично
    [few] { $n } блока снижены частично
   *[many] { $n } блоков снижены частично
}
desk-hands-here = здесь { $here } из { $sites } площадок
desk-hands-more = у других { $n }
desk-hands-free = свободно { $n }
desk-hands-locked = { $n ->
    [one] { $n } плакат
    [few] { $n } плаката
   *[many] { $n } плакатов
}
desk-hands-local = на местном { $n }
desk-hands-none = Площадки ещё неизвестны.
desk-hands-mine = здесь
desk-hands-nobody = свободна
desk-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блока
   *[many] { $n } блоков
}
desk-lockout = плакат
desk-local = местное
