"""Files become messages: `knoop import`. Each file is read on while its last batch is committed."""
