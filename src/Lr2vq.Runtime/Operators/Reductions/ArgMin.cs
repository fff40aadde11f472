using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ArgMin: where the smallest element of an axis stands.</summary>
/// <remarks>(x) → (y i64), f32, i32, i64 or u64, plain. Attributes axis, select_last_index (0 or 1: which of equal ones; 0).</remarks>
public sealed class ArgMin : AxisOperator, IOperator<ArgMin>
{
    private readonly bool _last;

    private ArgMin(StepAttributes attributes) : base(attributes) => _last = attributes.Flag("select_last_index");

    /// <inheritdoc/>
    public static ArgMin Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules) => ExtremeIndex.Check(rules, CheckAxis(rules, ExtremeIndex.Types), Axis);

    internal override void Run(in StepArguments arguments) => ExtremeIndex.Run(arguments, _last, float.PositiveInfinity, default(Less.Kernel));
}
