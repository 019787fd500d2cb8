-- The smallest commit.
INSERT INTO baseline AS b (name, count) VALUES ('baseline', 1)
ON CONFLICT (name) DO UPDATE SET count = b.count + 1
