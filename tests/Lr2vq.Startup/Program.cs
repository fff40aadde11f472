using Lr2vq.Benchmarks;
using Lr2vq.Startup;

return StartupProgram.Run(args, () =>
{
    ResNet18 model = ResNet18.Create();
    return (input, output) => model.Predict(input, output);
});
