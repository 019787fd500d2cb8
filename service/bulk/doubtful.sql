-- The components in which a limit is met or a device may be overused: only there does the rule have
-- anything to decide. Given: components (node, component, person), person being the component that
-- the links between people alone make.
CREATE TABLE doubtful AS
WITH placed AS (
  SELECT components.*, namespace, max_per_profile FROM components JOIN identifiers USING (node)
),
users AS (
  SELECT a AS device, b AS other FROM evidence WHERE a_strength > 0 AND b_strength = 0
  UNION ALL
  SELECT b, a FROM evidence WHERE b_strength > 0 AND a_strength = 0
)
SELECT component FROM placed GROUP BY component HAVING count(*) > getvariable('max_identifiers')
UNION
SELECT component
FROM placed
WHERE max_per_profile IS NOT NULL
GROUP BY component, namespace, max_per_profile
HAVING count(*) > max_per_profile
UNION
SELECT any_value(one.component)
FROM users
JOIN components AS one ON device = one.node
JOIN components AS used_by ON other = used_by.node
GROUP BY device
HAVING count(DISTINCT used_by.person) > getvariable('device_joins');
