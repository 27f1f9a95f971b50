racks-temperature = САМАЯ ГАРАЧАЯ ПЛАТА °C
racks-temperature-ascii = HOTTEST BOARD C
racks-hashrate = ХЭШРЭЙТ % АД ПАШПАРТУ
racks-power = МАГУТНАСЦЬ % АД МЕДЫЯНЫ МАДЭЛІ
racks-state = СТАН
racks-counted = { $n } з { $of }
racks-unknown = няма даных
racks-watts = Вт
racks-place = { $rack } паліца { $shelf } месца { $slot }
racks-place-slot = { $rack } месца { $slot }
racks-place-shelf = { $rack } паліца { $shelf }
racks-place-rack = стойка { $rack }
racks-only-machines = карта стоек паказвае апараты: спачатку адкрыйце апараты залы
racks-no-map = карта не паказана: { $key } паказвае стойкі
machine-state = стан
machine-for = ужо { $span }
machine-fault = адмова
machine-no-fault = няма
machine-hashrate = хэшрэйт
machine-of-nameplate = з { $of } TH/s { $share } %
machine-power = заяўлена
machine-place = стойка
machine-block = блок
machine-model = мадэль
machine-feed = канал
machine-bad = частка даных немагчымая і адкінутая
machine-fans = вентыл.
machine-rpm = аб/хв
machine-still = { $n ->
    [one] { $n } стаіць
    [few] { $n } стаяць
   *[many] { $n } стаяць
    }
machine-psu = сілкав.
machine-volt = В
machine-firmware = прашыўка
machine-uptime = уключаны
machine-gone = Апарата больш няма на гэтай старонцы.
machine-asked = Хэш-платы запытаныя па канале.
machine-no-detail = Гэты канал не дае хэш-плат.
machine-no-boards = Хэш-плат у ім не знойдзена.
machine-silent = Ён не адказвае: пра яго хэш-платы нічога не вядома.
machine-boards-bad = Даныя канала пра яго хэш-платы немагчымыя і адкінутыя.
board-col-number = ПЛАТА
board-col-state = СТАН
board-col-chips = ЧЫПЫ
board-col-rate = TH/s
board-col-board = ПЛАТА °C
board-col-board-ascii = BOARD C
board-col-chip = ЧЫП °C
board-col-chip-ascii = CHIP C
board-col-voltage = В
board-col-frequency = МГц
board-col-errors = ПАМЫЛКІ
board-hashing = у рабоце
board-asleep = спіць
board-faulted = аварыя
board-missing = не знойдзена
held-by = зніжана, { $by }
held-going = зніжаецца, каманда: { $by }
held-back = вяртае { $by }
held-since = з { $time }
held-since-for = з { $time } ({ $span })
held-until = да { $time }
held-open = да вяртання
held-lapsed = тэрмін скончыўся { $time }
held-order = каманда { $order }
held-not-before = выключаны да { $time }
held-unsaid = зніжана; канал не кажа кім
held-blocks = { $n ->
    [one] { $n } блок
    [few] { $n } блокі
   *[many] { $n } блокаў
    }
held-blocks-unsaid = { $n ->
    [one] пра { $n } блок не сказана кім
    [few] пра { $n } блокі не сказана кім
   *[many] пра { $n } блокаў не сказана кім
    }
held-also = іншыя: { $by }
held-note = { $by } { $until }
held-note-open = { $by } да вяртання
held-note-back = вяртае { $by }
site-locked-by = { $block }: плакат, { $owner }
site-locked-why = { $block }: плакат, { $owner }: { $why }
site-locked = { $n ->
    [one] { $n } блок пад плакатам
    [few] { $n } блокі пад плакатам
   *[many] { $n } блокаў пад плакатам
    }
