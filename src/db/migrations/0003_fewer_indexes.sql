-- Nothing looks for the transfers of an account, and each job paid for two indexes that could.
DROP INDEX transfers_debit;
DROP INDEX transfers_credit;
