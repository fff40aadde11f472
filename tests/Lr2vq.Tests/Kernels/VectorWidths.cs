using System;
using System.Linq;
using Lr2vq.Kernels;

namespace Lr2vq.Tests.Kernels;

/// <summary>The widths of vectors that tests go through: all that this process has. Where instruction sets are switched off, only the one that such a
/// machine takes: the others were gone through with all of them.</summary>
internal static class VectorWidths
{
    private static readonly string[] s_switches = ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>For what is compared with a definition.</summary>
    public static Isa[] All { get; } = s_switches.Any(name => Environment.GetEnvironmentVariable(name) == "0") ? [Lanes.Widest] : Upto(Lanes.Widest);

    /// <summary>For what is compared with the result of another width: one lane is always among them, and comes first.</summary>
    public static Isa[] Compared { get; } = [Isa.Scalar, .. All.Where(isa => isa != Isa.Scalar)];

    private static Isa[] Upto(Isa widest) => [.. new[] { Isa.Scalar, Isa.Vector128, Isa.Vector256, Isa.Vector512 }.Where(isa => isa <= widest)];
}
