"""What breaks on purpose, and what must not be lost by it: ``python -m bench.faults`` prints one table.

Eight clients sign families up and off without a pause, and write every form that was acknowledged into files of their
own. Meanwhile processes are killed and stopped, PostgreSQL crashes, its disk fills up. After each fault the clients
pause, and the database is compared with their files.
"""
