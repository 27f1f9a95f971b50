racks-temperature = САМАЯ ГОРЯЧАЯ ПЛАТА °C
racks-temperature-ascii = HOTTEST BOARD C
racks-hashrate = ХЕШРЕЙТ % ОТ ПАСПОРТА
racks-power = МОЩНОСТЬ % ОТ МЕДИАНЫ МОДЕЛИ
racks-state = СОСТОЯНИЕ
racks-counted = { $n } из { $of }
racks-unknown = нет данных
racks-watts = Вт
racks-place = { $rack } полка { $shelf } место { $slot }
racks-place-slot = { $rack } место { $slot }
racks-place-shelf = { $rack } полка { $shelf }
racks-place-rack = стойка { $rack }
racks-only-machines = карта стоек показывает аппараты: сначала откройте аппараты зала
racks-no-map = карта не показана: { $key } показывает стойки
machine-state = состояние
machine-for = уже { $span }
machine-fault = отказ
machine-no-fault = нет
machine-hashrate = хешрейт
machine-of-nameplate = из { $of } TH/s { $share } %
machine-power = заявлено
machine-place = стойка
machine-block = блок
machine-model = модель
machine-feed = канал
machine-bad = часть данных невозможна и отброшена
machine-fans = вентил.
machine-rpm = об/мин
machine-still = { $n ->
    [one] { $n } стоит
    [few] { $n } стоят
   *[many] { $n } стоят
    }
machine-psu = питание
machine-volt = В
machine-firmware = прошивка
machine-uptime = включён
machine-gone = Аппарата больше нет на этой странице.
machine-asked = Хеш-платы запрошены по каналу.
machine-no-detail = Этот канал не даёт хеш-плат.
machine-no-boards = Хеш-плат в нём не найдено.
machine-silent = Он не отвечает: о его хеш-платах ничего не известно.
machine-boards-bad = Данные канала о его хеш-платах невозможны и отброшены.
board-col-number = ПЛАТА
board-col-state = СОСТ.
board-col-chips = ЧИПЫ
board-col-rate = TH/s
board-col-board = ПЛАТА °C
board-col-board-ascii = BOARD C
board-col-chip = ЧИП °C
board-col-chip-ascii = CHIP C
board-col-voltage = В
board-col-frequency = МГц
board-col-errors = ОШИБКИ
board-hashing = в работе
board-asleep = спит
board-faulted = авария
board-missing = не найдена
held-by = снижено, { $by }
held-going = снижается, команда: { $by }
held-back = возвращает { $by }
held-since = с { $time }
held-since-for = с { $time } ({ $span })
held-until = до { $time }
held-open = до возврата
held-lapsed = срок истёк { $time }
held-order = команда { $order }
held-not-before = выключен до { $time }
held-unsaid = снижено; канал не говорит кем
held-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блока
   *[many] { $n } блоков
    }
held-blocks-unsaid = { $n ->
    [one] о { $n } блоке не сказано кем
    [few] о { $n } блоках не сказано кем
   *[many] о { $n } блоках не сказано кем
    }
held-also = другие: { $by }
held-note = { $by } { $until }
held-note-open = { $by } до возврата
held-note-back = возвращает { $by }
site-locked-by = { $block }: плакат, { $owner }
site-locked-why = { $block }: плакат, { $owner }: { $why }
site-locked = { $n ->
    [one] { $n } блок под плакатом
    [few] { $n } блока под плакатом
   *[many] { $n } блоков под плакатом
    }
