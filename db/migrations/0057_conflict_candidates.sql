-- Conflicts of before name the records that each may be ours in one text.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE postings SET error_detail = error_detail || jsonb_build_object('candidates', to_jsonb(string_to_array(error_detail ->> 'value', ', ')))
  WHERE state = 'conflict' AND error_detail ->> 'value' <> '' AND NOT error_detail ? 'candidates';--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
