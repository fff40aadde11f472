using System;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.OnnxRuntime;
using Lr2vq.Testing;
using Lr2vq.Tests.Sessions;

namespace Lr2vq.Tests.Backends;

/// <summary>What the generator would write for distances between rows of 64 numbers, which the compiler does not take and ONNX Runtime computes.</summary>
internal sealed class RowsModel(ModelSource source, SessionOptions? options = null) : OnnxRuntimeModel(source, "", options), ILr2vqModel<RowsModel>, IPredictingModel<OnnxRuntimeSession>
{
    private static readonly Lazy<byte[]> s_artifact = new(() =>
    {
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(Onnx());
        return chain.Artifact;
    });

    public static byte[] Artifact => s_artifact.Value;

    public static byte[] Onnx() => new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64)
        .Initializer("w", RandomTensor.Floats(4, 64, 64)).Node("MatMul", ["x", "w"], ["m"])
        .Node("CDist", ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N").Build();

    public static RowsModel Create(SessionOptions? options = null) => new(ModelSource.Memory(Artifact), options);

    public void CheckLengths(int x, int y)
    {
        CheckInput(0, x);
        CheckOutput(0, y);
    }

    public OnnxRuntimeSession Take() => Rent();

    public ValueTask<OnnxRuntimeSession> TakeAsync(CancellationToken cancellationToken) => RentAsync(cancellationToken);

    public void GiveBack(OnnxRuntimeSession session) => Return(session);
}
