notice-copied = скопировано
notice-hash-copied = хеш блока скопирован
notice-no-block = блок ещё не найден, копировать нечего
notice-no-screen = экрана { $screen } без каналов нет: здесь { $engine } Движок и { $journal } Журнал
notice-no-dispute = каналы не спорят: выбирать нечего
notice-no-marks = отмечаются площадки и блоки
notice-marked = { $n ->
    [one] все подходящие: { $n } площадка из { $of }
    [few] все подходящие: { $n } площадки из { $of }
   *[many] все подходящие: { $n } площадок из { $of }
    }
notice-no-freeze = стоп-кадр - для площадок, залов и блоков
notice-no-engine = в этой консоли движок не запущен
notice-read-only = эта консоль только для просмотра (--read-only)
notice-read-only-orders = эта консоль только для просмотра (--read-only): команды не уходят
notice-frozen = стоп-кадр: нажмите f, прежде чем давать команду
notice-nothing-chosen = ничего не выбрано: наведите курсор на площадку или отметьте пробелом
notice-journal-again = журнал снова пишется
notice-no-orders-leave = команды не уходят: { $why }
notice-best-share = лучшая шара за всё время: сложность { $difficulty }
notice-block-found = блок{ $height } найден
notice-block-in-chain = найденный здесь блок{ $height } в цепочке
notice-no-paste = вставка здесь не принимается: наберите
notice-history-again = история снова ведётся
notice-shed-runs = идёт аварийный сброс: Esc дважды его остановит
notice-too-soon = набрано слишком рано, это ещё нельзя было прочесть: отброшено, наберите снова
notice-shed-lapsed = ничего не сброшено: слово не набрано за 30 с
notice-alarm-over = тревога прошла: откладывать нечего
notice-out-already = тревога уже выведена из работы
notice-engineers-only = выводить тревоги из работы может только инженер (role в настройках)
notice-one-alarm = по одной тревоге: Enter откроет лавину
notice-reason-needed = нужна причина, несколько слов
notice-out-of-service = выведена из работы, пока её не вернут (видно по v)
notice-back-in-service = снова в работе
notice-no-journal-here = этот пульт не ведёт журнала, записать некуда
notice-nothing-waits = второго лица ничто не ждёт
notice-no-ids = нет номеров для команд: ничего не отправлено
notice-no-site = площадка не выбрана
notice-lockout-on-site = блокировка вешается на экране площадки: Enter её откроет
notice-no-block-chosen = блок не выбран
notice-not-answered = ничего не отправлено: на вопрос не ответили
notice-marked-blocks = { $n ->
    [one] все подходящие: { $n } блок из { $of }
    [few] все подходящие: { $n } блока из { $of }
   *[many] все подходящие: { $n } блоков из { $of }
    }
notice-filter-wrong = ничего не отмечено: часть фильтра непонятна
notice-works-on = это работает на экранах: { $screens }
notice-nothing-to-cancel = нет команды, которую можно отозвать
notice-choose-order = идут несколько команд: поставьте курсор на одну
notice-opened = пульт по файлу { $file }
