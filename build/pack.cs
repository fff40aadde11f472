// dotnet run build/pack.cs
// Packs the packages into artifacts/feed.
using Lr2vq.Building;

return Shell.Guard(() =>
{
    SolutionBuild.Pack();
    return 0;
});
