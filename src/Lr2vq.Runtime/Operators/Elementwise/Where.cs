using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Where: <c>y = condition ? a : b</c>.</summary>
/// <remarks>(condition bool, a, b) → (y), any type but text, broadcast, plain. No attributes.</remarks>
public sealed unsafe class Where : Operator, IOperator<Where>
{
    private Where()
    {
    }

    /// <inheritdoc/>
    public static Where Read(StepAttributes attributes) => new();

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments)
    {
        if (arguments.Outputs[0].Length == 0) return;
        switch (ElementTypes.ByteLength(arguments.Outputs[0].Type))
        {
            case 1: Choose<byte>(arguments); break;
            case 2: Choose<ushort>(arguments); break;
            case 4: Choose<uint>(arguments); break;
            default: Choose<ulong>(arguments); break;
        }
    }

    private static void Choose<T>(in StepArguments arguments) where T : unmanaged
    {
        BroadcastPlan plan = (BroadcastPlan)arguments.State!;
        byte* condition = arguments.Inputs[0].Data;
        T* a = (T*)arguments.Inputs[1].Data, b = (T*)arguments.Inputs[2].Data, y = (T*)arguments.Outputs[0].Data;
        int last = plan.Rank - 1;
        long inner = plan.Sizes[last];
        long stepC = plan.Strides[0][last], stepA = plan.Strides[1][last], stepB = plan.Strides[2][last];
        long* index = stackalloc long[plan.Rank];
        Odometer odometer = new(plan, last, index);
        do
        {
            byte* c = condition + odometer.Offset(0);
            T* p = a + odometer.Offset(1), q = b + odometer.Offset(2);
            for (long i = 0; i < inner; i++) y[i] = c[i * stepC] != 0 ? p[i * stepA] : q[i * stepB];
            y += inner;
        }
        while (odometer.Next());
    }
}
