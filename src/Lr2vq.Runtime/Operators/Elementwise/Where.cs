using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
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

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        rules.Plain();
        rules.Input(0).IsLike(ElementType.Bool);
        ElementType type = rules.Output(0).IsSized().Type;
        rules.Input(1).IsLike(type);
        rules.Input(2).IsLike(type);
        rules.Broadcast();
    }

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
        BroadcastRows.Run(arguments.Team, plan, new Row<T>(arguments.Inputs[0].Data, (T*)arguments.Inputs[1].Data, (T*)arguments.Inputs[2].Data,
            (T*)arguments.Outputs[0].Data, plan.Strides[0][^1], plan.Strides[1][^1], plan.Strides[2][^1]));
    }

    private readonly struct Row<T>(byte* condition, T* a, T* b, T* y, long stepC, long stepA, long stepB) : IBroadcastRow where T : unmanaged
    {
        private readonly bool _vectors = Vector128.IsHardwareAccelerated && Lanes.Isa >= Isa.Vector128 && sizeof(T) == 4 && stepC == 1;

        [MethodImpl(Compile.Loop)]
        public void Do(long* from, long to, long count)
        {
            byte* c = condition + from[0];
            T* p = a + from[1], q = b + from[2], result = y + to;
            long i = 0;
            if (_vectors)
                for (; i + 16 <= count; i += 16)
                {
                    Vector128<sbyte> flags = ~Vector128.Equals(Vector128.Load((sbyte*)c + i), Vector128<sbyte>.Zero);
                    Vector128<short> low = Vector128.WidenLower(flags), high = Vector128.WidenUpper(flags);
                    Four(Vector128.WidenLower(low), p, q, result, i);
                    Four(Vector128.WidenUpper(low), p, q, result, i + 4);
                    Four(Vector128.WidenLower(high), p, q, result, i + 8);
                    Four(Vector128.WidenUpper(high), p, q, result, i + 12);
                }
            for (; i < count; i++) result[i] = c[i * stepC] != 0 ? p[i * stepA] : q[i * stepB];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Four(Vector128<int> mask, T* p, T* q, T* result, long i)
        {
            Vector128<int> yes = stepA == 0 ? Vector128.Create(*(int*)p) : Vector128.Load((int*)p + i);
            Vector128<int> no = stepB == 0 ? Vector128.Create(*(int*)q) : Vector128.Load((int*)q + i);
            Vector128.ConditionalSelect(mask, yes, no).Store((int*)result + i);
        }
    }
}
