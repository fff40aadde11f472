namespace Lr2vq.Plans;

/// <summary>Operations of <see cref="Real"/>. The first ones have two operands.</summary>
internal enum RealOperation
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Max,
    Min,

    /// <summary>⌈left ÷ right⌉, divided in double precision: how many steps a Range has.</summary>
    Steps,
    Floor,
    Ceiling,

    /// <summary>To the nearest whole number, halves to the even one.</summary>
    Round,

    /// <summary>To the nearest whole number, halves away from zero.</summary>
    RoundAway,
    SquareRoot,
}
