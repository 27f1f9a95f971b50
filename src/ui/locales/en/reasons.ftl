reason-must-run-until = heat must-run until { $time }
