orders-col-order = НОМЕР
orders-col-where = КУДА
orders-col-sent = ОТПРАВЛ.
orders-col-accepted = ПРИНЯТА
orders-col-delivered = ИСПОЛНЕНО
orders-col-delivered-mw = ИСПОЛН. МВт
orders-col-metered = ИЗМЕРЕНО
orders-col-why = ПОЧЕМУ
orders-count = исполняется { $under }, всего { $all }
orders-forgetful = номера команд только в памяти шлюза, не в журнале
orders-forgetful-brief = номера только в памяти
rules-old-of = старые правила безопасности: { $feeds }
rules-old = старые правила безопасности
rules-open-of = действовать может каждый, без подписи: { $feeds }
rules-open = действовать может каждый
orders-none = С запуска этот пульт не отдал ни одной команды.
orders-none-how = { $curtail } снижает отсюда всю страну; отдельные площадки: { $nation } Страна, отметить: { $mark }, затем { $curtail }.
orders-blocks-of = блоки команды { $id }
orders-to = кому
orders-issued-by = отдал
orders-no-answer = нет ответа
orders-by-desk = { $by }, { $desk }
orders-called-back = отменено блоков: { $n } из { $of }
cancel-title = Отменить команду { $id }
cancel-never = { $n ->
    [one] { $n } блок не начат: и не начнётся
    [few] { $n } блока не начаты: и не начнутся
   *[many] { $n } блоков не начаты: и не начнутся
}
cancel-goes-on = в ходе: { $n }, продолжат
cancel-there = исполнено: { $n }
cancel-cancelled = { $n ->
    [one] { $n } блок отменён
    [few] { $n } блока отменены
   *[many] { $n } блоков отменены
}
cancel-offer-restore = { $n ->
    [one] { $n } блок уже снижен: { $key } вернёт
    [few] { $n } блока уже снижены: { $key } вернёт
   *[many] { $n } блоков уже снижены: { $key } вернёт
}
cancel-offer-curtail = { $n ->
    [one] { $n } блок уже возвращён: { $key } снимет снова
    [few] { $n } блока уже возвращены: { $key } снимет снова
   *[many] { $n } блоков уже возвращены: { $key } снимет снова
}
cancel-nothing-waits = ничто не ждёт: всё начато или кончено
cancel-anothers = чужая команда: отменить может отдавший или диспетчер
cancel-no-link = канал не работает: сейчас отменить нельзя
cancel-word = наберите точно { $word }, прописными; ничего не ушло
cancel-time-over = не ушло: 10 с истекли; { $key } взведёт снова
cancel-arms = { $key } взводит отмену на { $time }.
cancel-left = Ушло. Ответ стоит выше.
cancel-turn = обратно
cancel-key = { $key } отменит то, что ждёт: { $n }
