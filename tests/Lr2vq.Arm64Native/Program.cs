using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using Lr2vq.Arm64;

// Runs networks, natively, for ARM64.
if (args is not [string folder])
{
    Console.Error.WriteLine("usage: Lr2vq.Arm64Native FOLDER");
    return 2;
}
Console.WriteLine($"{RuntimeInformation.ProcessArchitecture}, AdvSimd {AdvSimd.Arm64.IsSupported}, Dp {Dp.IsSupported}, {(RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "native")}");
NetworkFolder.Run(folder);
return 0;
