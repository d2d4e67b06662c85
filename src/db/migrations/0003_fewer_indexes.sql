-- Nothing looks for the transfers of an account, and each job paid for two indexes that could.
DROP INDEX transfers_debit;
DROP INDEX transfers_credit;

-- Each change of a job's state was a change of this index too. Open jobs are few, and have an index of their own.
DROP INDEX jobs_account_status;
CREATE INDEX jobs_account_ended ON jobs (account_id, status, sequence) WHERE finished_at IS NOT NULL;
