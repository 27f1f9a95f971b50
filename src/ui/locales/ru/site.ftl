site-col-hall = ЗАЛ
site-col-hashrate = ХЕШРЕЙТ
site-col-power = МВт
site-col-target = ЗАДАН.
site-col-efficiency = J/TH
site-col-state = СОСТОЯНИЕ
site-col-machines = АППАРАТЫ
site-col-quality = КАЧЕСТВО
site-col-inlet = ВХОД °C
site-col-inlet-ascii = INLET C
site-col-block = БЛОК
site-col-for = ДЛИТСЯ
site-col-source = ИСТОЧНИК
site-col-faulted = АВАРИЯ
site-col-notes = ЗАМЕТКИ
site-col-machine = АППАРАТ
site-col-model = МОДЕЛЬ
site-col-rate = TH/s
site-col-claimed = кВт ЗАЯВЛ.
site-col-board = ПЛАТА °C
site-col-board-ascii = BOARD C
site-col-fault = ОТКАЗ
site-none = Площадка не выбрана: { $nation } - страна, { $open } открывает площадку под курсором.
site-page = { $n ->
    [one] { $n } аппарат, страница { $page } из { $pages }
    [few] { $n } аппарата, страница { $page } из { $pages }
   *[many] { $n } аппаратов, страница { $page } из { $pages }
    }
site-found = { $n } из { $of } аппаратов, страница { $page } из { $pages }
site-unsearched = страница { $page } из { $pages }, без поиска: { $n }
site-sorted-page = порядок только этой страницы
site-asked = аппараты запрошены
site-node-limit = предел узла
site-node = узел
site-authority = управление
site-here = здесь
site-free = свободно
site-epoch = эпоха { $epoch }
site-blocks-of = блоки: { $hall }
site-order = идёт команда
site-tag = плакат { $kind }: { $owner }
site-tag-why = плакат { $kind }: { $owner }: { $why }
site-heat = тепло { $power } МВт
site-machines-wait = Аппараты запрошены по каналу.
