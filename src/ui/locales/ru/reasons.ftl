reason-must-run-until = тепло нужно до { $time }
