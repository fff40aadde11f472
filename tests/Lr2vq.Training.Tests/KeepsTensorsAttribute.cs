using System;
using System.Reflection;
using Lr2vq.Training.Tests;
using TorchSharp;
using Xunit.v3;

[assembly: KeepsTensors]

namespace Lr2vq.Training.Tests;

/// <summary>Tensors of a test live until it ends. TorchSharp frees a tensor that nobody refers to while libtorch still computes with it, as with what is in the middle of an
/// expression; a scope refers to all of them.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class KeepsTensorsAttribute : BeforeAfterTestAttribute
{
    [ThreadStatic]
    private static DisposeScope? s_scope;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (LibTorch.Problem is null) s_scope = torch.NewDisposeScope();
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        s_scope?.Dispose();
        s_scope = null;
    }
}
