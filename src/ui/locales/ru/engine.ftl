engine-col-thread = ПОТОК
engine-col-hashrate = ХЕШРЕЙТ
engine-col-headers = ЗАГОЛОВКИ
engine-col-scheduled = ПРИОРИТЕТ
engine-scheduled-unknown = неизвестно
engine-scheduled-idle = фоновый
engine-scheduled-nice = nice 19
engine-scheduled-normal = обычный
engine-none = В этой консоли движок не запущен.
engine-trend = хешрейт, 15 мин
engine-paused = пауза
engine-pausing = останов
engine-no-job = нет задания
engine-idle = простой
engine-hashing = хеширует
engine-second = 1 с
engine-minute = 1 мин
engine-quarter = 15 мин
engine-kernel = ядро
engine-threads = { $n ->
    [one] поток
    [few] потока
   *[many] потоков
    }
engine-best = лучшая сложность
engine-headers = заголовки
engine-finds = находки
engine-lost = потеряно
engine-synthetic-long = учебное задание: не из цепочки
engine-synthetic = учебное задание
engine-cycles = тактов на хеш
engine-processor = процессор
engine-throttled = частота снижена
engine-package = мощность процессора
