reason-must-run-until = цяпло патрэбна да { $time }
