from django.db import migrations

# As before; but the log of what was redeemed may be another one, as of a deposit: an operator
# accepted that its block was replaced, and the same voucher was mined again.
GUARD = """
CREATE OR REPLACE FUNCTION vault_guard_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := ARRAY[
        'state', 'deadline', 'signer', 'signature', 'log_id', 'ended_at', 'released_by_id',
        'confirmed_by_id'
    ];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NULL
            AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
            AND (OLD.signature IS NULL OR (OLD.signature, OLD.deadline, OLD.signer)
                IS NOT DISTINCT FROM (NEW.signature, NEW.deadline, NEW.signer))
            AND (OLD.state = NEW.state
                OR OLD.state = 'held' AND NEW.state IN ('issued', 'refused')
                OR OLD.state = 'issued' AND NEW.state IN ('redeemed', 'expired'))
        THEN
            RETURN NEW;
        END IF;
        IF {redeemed} THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'withdrawal % is what it is: only its state goes on', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
"""
REDEEMED = "OLD.state = 'redeemed' AND to_jsonb(OLD) - 'log_id' = to_jsonb(NEW) - 'log_id'"


class Migration(migrations.Migration):
    dependencies = [('vault', '0001_vault')]

    operations = [
        migrations.RunSQL(
            GUARD.replace('{redeemed}', REDEEMED), GUARD.replace('{redeemed}', 'FALSE')
        )
    ]
