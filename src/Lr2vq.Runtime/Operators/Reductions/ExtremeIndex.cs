using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Finds the first or last best element along an axis.</summary>
internal static unsafe class ExtremeIndex
{
    public static void Run<TKernel>(in StepArguments arguments, bool last, TKernel better) where TKernel : struct, IComparison
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        AxisView view = (AxisView)arguments.State!;
        long* y = arguments.Outputs[0].I64;
        switch (x.Type)
        {
            case ElementType.Float32: Find(x.F32, y, view, last, better); break;
            case ElementType.Int32: Find((int*)x.Data, y, view, last, better); break;
            case ElementType.Int64: Find((long*)x.Data, y, view, last, better); break;
            default: throw UnexpectedType.Of(x.Type);
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Find<T, TKernel>(T* x, long* y, AxisView view, bool last, TKernel better)
        where T : unmanaged, INumber<T> where TKernel : struct, IComparison
    {
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                T* from = x + o * view.Length * view.Inner + i;
                long best = 0;
                for (long a = 1; a < view.Length; a++)
                {
                    T value = from[a * view.Inner], record = from[best * view.Inner];
                    if (better.Apply(value, record) || (last && value == record)) best = a;
                }
                *y++ = best;
            }
    }
}
