engine-col-thread = ПАТОК
engine-col-hashrate = ХЭШРЭЙТ
engine-col-headers = ЗАГАЛОЎКІ
engine-col-scheduled = ПРЫЯРЫТЭТ
engine-scheduled-unknown = невядома
engine-scheduled-idle = фонавы
engine-scheduled-nice = nice 19
engine-scheduled-normal = звычайны
engine-none = У гэтай кансолі рухавік не запушчаны.
engine-trend = хэшрэйт, 15 хв
engine-paused = паўза
engine-pausing = спыненне
engine-no-job = няма задання
engine-idle = прастой
engine-hashing = хэшуе
engine-second = 1 с
engine-minute = 1 хв
engine-quarter = 15 хв
engine-kernel = ядро
engine-threads = { $n ->
    [one] паток
    [few] патокі
   *[many] патокаў
    }
engine-best = найлепшая складанасць
engine-headers = загалоўкі
engine-finds = знаходкі
engine-lost = страчана
engine-synthetic-long = вучэбнае заданне: не з ланцужка
engine-synthetic = вучэбнае заданне
engine-cycles = тактаў на хэш
engine-processor = працэсар
engine-throttled = частата зніжана
engine-package = магутнасць працэсара
