using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>How the JIT is to compile a method.</summary>
internal static class Compile
{
    /// <summary>A loop over lanes: optimised at the first call, and never inlined. A caller that is compiled again takes hot callees in whole, spends its
    /// budget on the loop, and leaves the lane functions inside it as calls: twenty times as slow.</summary>
    public const MethodImplOptions Loop = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
}
