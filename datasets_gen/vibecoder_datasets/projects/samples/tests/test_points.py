from shop.points import next_reward, points_for


def test_points_for() -> None:
    assert points_for(59, "bronze") == 5
    assert points_for(59, "gold") == 20


def test_next_reward() -> None:
    assert next_reward(130) == 70
