with source as (
    select * from {{ source('shop_raw', 'customers') }}
)

select
    id as customer_id,
    first_name,
    last_name,
    lower(email) as user_email,
    phone,
    country as country_code,
    created_at as signup_ts
from source
