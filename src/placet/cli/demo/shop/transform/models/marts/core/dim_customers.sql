with customers as (
    select * from {{ ref('stg_customers') }}
),

orders as (
    select * from {{ ref('int_customer_orders') }}
)

select
    customers.customer_id,
    customers.first_name || ' ' || customers.last_name as full_name,
    customers.user_email,
    customers.phone,
    countries.country_name as country,
    customers.signup_ts::date as signup_date,
    orders.first_order_date,
    orders.last_order_date,
    coalesce(orders.order_count, 0) as order_count,
    coalesce(orders.lifetime_value, 0) as lifetime_value
from customers
left join orders on orders.customer_id = customers.customer_id
left join {{ ref('country_codes') }} as countries on countries.country_code = customers.country_code
