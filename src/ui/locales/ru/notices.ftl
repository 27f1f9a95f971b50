notice-copied = скопировано
notice-hash-copied = хеш блока скопирован
notice-no-block = блок ещё не найден, копировать нечего
notice-no-screen = экрана { $screen } без каналов нет: здесь { $engine } Движок и { $journal } Журнал
notice-no-marks = отмечаются площадки и блоки
notice-marked = { $n ->
    [one] отмечена { $n } площадка из { $of }
    [few] отмечены { $n } площадки из { $of }
   *[many] отмечено { $n } площадок из { $of }
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
