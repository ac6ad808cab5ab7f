"""What a log tells: exceptions, requests, how a server started. Text in, typed items out."""
