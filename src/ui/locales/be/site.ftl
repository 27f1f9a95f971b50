site-col-hall = ЗАЛА
site-col-hashrate = ХЭШРЭЙТ
site-col-power = МВт
site-col-target = ЗАДАН.
site-col-efficiency = J/TH
site-col-state = СТАН
site-col-machines = АПАРАТЫ
site-col-quality = ЯКАСЦЬ
site-col-inlet = УВАХ. °C
site-col-inlet-ascii = INLET C
site-col-block = БЛОК
site-col-for = ДОЎГА
site-col-source = КРЫНІЦА
site-col-faulted = АВАРЫЯ
site-col-notes = НАТАТКІ
site-col-machine = АПАРАТ
site-col-model = МАДЭЛЬ
site-col-rate = TH/s
site-col-claimed = кВт ЗАЯЎЛ.
site-col-board = ПЛАТА °C
site-col-board-ascii = BOARD C
site-col-fault = АДМОВА
site-none = Пляцоўка не выбраная: { $nation } - краіна, { $open } адкрывае пляцоўку пад курсорам.
site-page = { $n ->
    [one] { $n } апарат, старонка { $page } з { $pages }
    [few] { $n } апараты, старонка { $page } з { $pages }
   *[many] { $n } апаратаў, старонка { $page } з { $pages }
    }
site-found = { $n } з { $of } апаратаў, старонка { $page } з { $pages }
site-unsearched = старонка { $page } з { $pages }, без пошуку: { $n }
site-sorted-page = парадак толькі гэтай старонкі
site-asked = апараты запытаныя
site-node-limit = мяжа вузла
site-node = вузел
site-authority = кіраванне
site-here = тут
site-free = вольна
site-epoch = эпоха { $epoch }
site-blocks-of = блокі: { $hall }
site-order = ідзе каманда
site-tag = плакат { $kind }: { $owner }
site-tag-why = плакат { $kind }: { $owner }: { $why }
site-heat = цяпло { $power } МВт
site-machines-wait = Апараты запытаныя па канале.
